using Datt.Paid.Server.Hosting;

namespace Datt.Paid.Server.Operators;

/// <summary>Who runs the server.</summary>
public static class OperatorRegistration
{
    public static IServiceCollection AddOperators(this IServiceCollection services) => services
        .AddChecked<AdminSettings>(AdminSettings.Section, settings => settings.Errors())
        .AddSingleton<OperatorSetup>();
}
