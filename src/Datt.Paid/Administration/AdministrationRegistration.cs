using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Administration;

/// <summary>What the operator's people work with, whichever door they come by: console, HTTP, command line.</summary>
public static class AdministrationRegistration
{
    public static IServiceCollection AddAdministration(this IServiceCollection services) => services.AddSingleton<AuditBook>();
}
