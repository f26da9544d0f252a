using System.Globalization;
using System.Text.RegularExpressions;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Datt.Paid.Server.Hosting;

/// <summary>
/// Structured logs on the console: lines for people in Development, one JSON object a line in Production. Levels come from
/// <c>Logging:LogLevel</c>. API keys never reach them.
/// </summary>
public static partial class Logs
{
    private const string Line = "{Timestamp:HH:mm:ss.fff} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}";

    private static readonly Dictionary<string, LogLevel> Quiet = new()
    {
        ["Microsoft.AspNetCore"] = LogLevel.Warning,
        // That the keys of cookies lie in the data directory as they are, like the server's own key: readable by their owner alone.
        ["Microsoft.AspNetCore.DataProtection"] = LogLevel.Error,
        ["Microsoft.EntityFrameworkCore"] = LogLevel.Warning,
        ["Microsoft.Extensions"] = LogLevel.Warning,
        ["Microsoft.Hosting.Lifetime"] = LogLevel.Warning,
        ["Hangfire"] = LogLevel.Warning,
        ["System.Net.Http"] = LogLevel.Warning,
        // A stack trace for each attempt; whoever made the call says what came of it.
        ["Polly"] = LogLevel.Critical,
    };

    public static void AddLogs(this WebApplicationBuilder builder)
    {
        var levels = new Dictionary<string, LogLevel>(Quiet) { ["Default"] = LogLevel.Information };
        foreach (var child in builder.Configuration.GetSection("Logging:LogLevel").GetChildren())
        {
            if (Enum.TryParse<LogLevel>(child.Value, ignoreCase: true, out var level))
                levels[child.Key] = level;
        }

        var setup = new LoggerConfiguration().Enrich.With<SecretMask>();
        foreach (var (source, level) in levels)
        {
            setup = source == "Default"
                ? setup.MinimumLevel.Is(ToSerilog(level))
                : setup.MinimumLevel.Override(source, ToSerilog(level));
        }
        setup = builder.Environment.IsProduction()
            ? setup.WriteTo.Console(new RenderedCompactJsonFormatter())
            : setup.WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture);

        builder.Logging.ClearProviders();
        builder.Services.AddSerilog(setup.CreateLogger(), dispose: true);
    }

    /// <summary>Replaces API keys in a text by stars: <c>key=</c> of a query and whatever follows <c>Bearer</c>.</summary>
    public static string Mask(string text) => Secrets().Replace(text, "$1***");

    private static LogEventLevel ToSerilog(LogLevel level) => level switch
    {
        LogLevel.Trace => LogEventLevel.Verbose,
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Information => LogEventLevel.Information,
        LogLevel.Warning => LogEventLevel.Warning,
        LogLevel.Error => LogEventLevel.Error,
        _ => LogEventLevel.Fatal,
    };

    [GeneratedRegex(@"((?:[?&]|\b)(?:key|token)=|Bearer\s+)[^&\s""']+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secrets();

    private sealed class SecretMask : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            foreach (var (name, value) in logEvent.Properties.ToArray())
            {
                if (value is ScalarValue { Value: string text } && Mask(text) is var masked && masked != text)
                    logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(masked)));
            }
        }
    }
}
