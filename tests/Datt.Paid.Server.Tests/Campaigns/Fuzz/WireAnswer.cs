using System.Text;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>An answer as it came over the wire.</summary>
internal sealed record WireAnswer(int Status, Dictionary<string, string> Headers, byte[] Body, bool IsStream)
{
    public string ContentType => Headers.GetValueOrDefault("content-type", "");

    /// <summary>Whether the server goes on with this connection.</summary>
    public bool KeepsConnection => !IsStream && !Headers.GetValueOrDefault("connection", "").Contains("close", StringComparison.OrdinalIgnoreCase);

    public string Text => Encoding.UTF8.GetString(Body);
}
