using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>Options that say themselves what is wrong with them.</summary>
public static class CheckedOptions
{
    /// <summary>Binds a section and has all its errors reported at start.</summary>
    public static IServiceCollection AddChecked<T>(
        this IServiceCollection services, string section, Func<T, IEnumerable<string>> errors, Action<T, ServerSettings>? complete = null) where T : class
    {
        var options = services.AddOptions<T>().BindConfiguration(section);
        if (complete is not null)
            options.PostConfigure<IOptions<ServerSettings>>((settings, server) => complete(settings, server.Value));
        options.ValidateOnStart();
        return services.AddSingleton<IValidateOptions<T>>(new Validator<T>(errors));
    }

    private sealed class Validator<T>(Func<T, IEnumerable<string>> errors) : IValidateOptions<T> where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options) =>
            errors(options).ToList() is { Count: > 0 } found ? ValidateOptionsResult.Fail(found) : ValidateOptionsResult.Success;
    }
}
