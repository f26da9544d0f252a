using Datt.Paid.Storage;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Pages.Portal;

/// <summary>Says of an endpoint that it is a page for people: it knows them by a cookie, and its forms carry a token against forgery.</summary>
public sealed class PageMark;

/// <summary>The pages for everybody: what there is, search, account, payment. They are drawn on the server and need no script.</summary>
public static class PortalRegistration
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    private static readonly PageMark Mark = new();

    /// <param name="services">What the server is made of; accounts are there.</param>
    /// <param name="host">What only the server knows.</param>
    /// <param name="keyDirectory">Where the keys of cookies and form tokens are kept, so that a restart signs nobody out.</param>
    public static IServiceCollection AddPortal(this IServiceCollection services, Func<IServiceProvider, PortalHost> host, Func<IServiceProvider, string> keyDirectory)
    {
        services.AddRazorComponents();
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.AddAuthorization();
        services.AddAntiforgery(form =>
        {
            form.Cookie.Name = "datt-form";
            form.Cookie.SameSite = SameSiteMode.Strict;
        });
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.Cookie.Name = "datt-session";
            cookie.Cookie.HttpOnly = true;
            // Lax, because who comes back from a wallet or by a link in a mail is to be known.
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.LoginPath = "/sign-in";
            cookie.ExpireTimeSpan = TimeSpan.FromDays(14);
        });
        services.AddDataProtection();
        // It reads or makes the keys before the server listens; the first page that needs them does that as well, and programs never wait for it.
        if (services.FirstOrDefault(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "DataProtectionHostedService") is { } eager)
            services.Remove(eager);
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(options =>
            options.XmlRepository = new FileSystemXmlRepository(OwnersAlone(keyDirectory(provider)), provider.GetRequiredService<ILoggerFactory>())));
        services.AddSingleton(host);
        services.AddScoped<Entrance>();
        return services;
    }

    /// <summary>Cookies and form tokens, for pages alone: programs' calls neither read nor send them.</summary>
    public static void UsePages(this WebApplication app)
    {
        // Without these marks the web application would put both in front of everything.
        var properties = ((IApplicationBuilder)app).Properties;
        properties["__AuthenticationMiddlewareSet"] = properties["__AuthorizationMiddlewareSet"] = true;
        app.UseWhen(context => context.GetEndpoint()?.Metadata.GetMetadata<PageMark>() is not null, pages =>
        {
            pages.Use((context, next) =>
            {
                context.Response.Headers.ContentSecurityPolicy = Policy;
                return next(context);
            });
            pages.UseAuthentication();
            pages.UseAuthorization();
            pages.UseAntiforgery();
        });
    }

    /// <returns>Every endpoint, so that the server says what it says of all of them.</returns>
    public static IEnumerable<IEndpointConventionBuilder> MapPortal(this IEndpointRouteBuilder app)
    {
        yield return app.MapRazorComponents<Document>().WithMetadata(Mark);
        yield return app.MapPost("/sign-out", SignOutAsync).WithMetadata(Mark).ExcludeFromDescription();
        yield return CheckoutState.Map(app).WithMetadata(Mark);
        yield return PortalAssets.Map(app);
    }

    private static DirectoryInfo OwnersAlone(string path) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery forms, SignInManager<Account> signIn)
    {
        if (!await forms.IsRequestValidAsync(context))
            return Results.BadRequest();
        await signIn.SignOutAsync();
        return Results.LocalRedirect("/");
    }
}
