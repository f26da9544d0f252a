namespace Datt.Paid.Server.Sync;

/// <summary>Who may have bytes of runs.</summary>
public sealed class RunGate
{
    /// <summary>Null where the caller may have so many bytes of a feed's runs; else what to answer.</summary>
    public Task<IResult?> RefusalAsync(HttpContext context, string origin, long bytes) => Task.FromResult<IResult?>(null);

    /// <summary>Null where the caller may have one more leaf with its path; else what to answer.</summary>
    public Task<IResult?> ProofRefusalAsync(HttpContext context, string origin) => Task.FromResult<IResult?>(null);

    /// <summary>Bytes of runs went out.</summary>
    public void Served(HttpContext context, long bytes)
    {
    }
}
