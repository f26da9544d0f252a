using Datt.Paid.Protocol.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Notices;

public static class NoticesRegistration
{
    /// <summary>Delivery and listing of notices; needs storage, the outbound client and the server's key.</summary>
    public static IServiceCollection AddNotices(this IServiceCollection services, Func<IServiceProvider, NoticeOrigin> origin)
    {
        services.AddOptions<SmtpOptions>().BindConfiguration(SmtpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SmtpOptions>, SmtpOptionsValidator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(origin);
        services.AddSingleton<NoticeQueue>();
        services.AddSingleton<NoticePost>();
        services.AddSingleton<NoticeMail>();
        services.AddSingleton<NoticeMetrics>();
        services.AddSingleton<NoticeList>();
        services.AddSingleton(provider => new NoticeJob(
            provider.GetRequiredService<NoticeQueue>(), provider.GetRequiredService<NoticePost>(), provider.GetRequiredService<NoticeMail>(),
            provider.GetRequiredService<NoticeMetrics>(), provider.GetRequiredService<NoticeOrigin>(), provider.GetRequiredService<ServerKey>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NoticeJob>>()));
        return services;
    }
}
