namespace Datt.Paid.Server.Access;

/// <summary>Who may call.</summary>
public static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services) => services.AddSingleton<Tariff>().AddSingleton<PassDoor>().AddSingleton<Gate>();
}
