using Datt.Paid.Client;

namespace Datt.Paid.Cli.Terminal;

/// <summary>A command cannot do what it was asked to: what happened, what to do, and the exit code.</summary>
public sealed class CommandFailure(ExitCode exit, string code, string message, string? hint = null) : Exception(message)
{
    /// <summary>How the process ends.</summary>
    public ExitCode Exit => exit;

    /// <summary>Stable and machine-readable.</summary>
    public string Code => code;

    /// <summary>What to do about it.</summary>
    public string? Hint => hint;

    /// <summary>A refusal of the server, in terms of this program.</summary>
    public static CommandFailure Of(DattException e)
    {
        var (exit, hint) = e.Code switch
        {
            "unauthorized" => (ExitCode.Unauthorized, "Run 'datt account create', or set DATT_API_KEY to a valid key of this server."),
            "forbidden" => (ExitCode.Unauthorized, "Use a key with the scope this call needs: 'datt account keys create --scope …'."),
            "node_taken" => (ExitCode.Unauthorized, "Choose another name with --node."),
            "payment_required" => (ExitCode.PaymentRequired, "Run 'datt subscribe --months 1'."),
            "not_found" => (ExitCode.NotFound, null),
            "quota_exceeded" => (ExitCode.Limited, e.RetryAfter is { } pause ? $"Try again in {Math.Ceiling(pause.TotalSeconds):0} s." : "Try again later."),
            "record_too_large" => (ExitCode.Limited, null),
            "unavailable" or "payments_unavailable" => (ExitCode.Unavailable, "Try again in a while."),
            DattException.Unreachable => (ExitCode.Unavailable, "Start the server, or name another with --server or DATT_SERVER."),
            _ when e.Code.StartsWith("invalid_", StringComparison.Ordinal) => (ExitCode.Usage, (string?)null),
            _ => (ExitCode.Failure, null),
        };
        return new CommandFailure(exit, e.Code, Text(e), hint);
    }

    private static string Text(DattException e) => e.Problem switch
    {
        { Price: { } price, Coverage: { } coverage } => $"{e.Message} A month costs {price} and searches {Figures.Count(coverage.Records)} records.",
        { Position: { } position } => $"{e.Message} (at character {position + 1})",
        _ => e.Message,
    };
}
