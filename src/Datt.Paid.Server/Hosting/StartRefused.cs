namespace Datt.Paid.Server.Hosting;

/// <summary>The server does not start, and the operator can do something about it: each message names the key and the remedy.</summary>
public sealed class StartRefused : Exception
{
    public StartRefused(params IReadOnlyList<string> reasons)
        : base(string.Join(Environment.NewLine, reasons)) => Reasons = reasons;

    /// <summary>Everything that is wrong, not just the first.</summary>
    public IReadOnlyList<string> Reasons { get; }
}
