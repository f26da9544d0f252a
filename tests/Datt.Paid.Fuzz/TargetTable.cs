using Datt.Paid.Fuzz.Targets;

namespace Datt.Paid.Fuzz;

/// <summary>All decoders of outside bytes. A new one gets its line in one of the lists, and some seeds in <c>tests/fuzz</c>.</summary>
public sealed class TargetTable : IDisposable
{
    private readonly Samples _samples = new();
    private readonly StoredFiles _files = new();

    public TargetTable() => All =
    [
        .. FeedTargets.All(_samples), .. RunTargets.All(_samples), .. IdentityTargets.All(_samples), .. SwarmTargets.All(_samples), .. SignallingTargets.All(),
        .. SearchTargets.All(), .. PaymentTargets.All(), .. StoredTargets.All(_samples, _files),
    ];

    public IReadOnlyList<FuzzTarget> All { get; }

    public void Dispose()
    {
        _samples.Dispose();
        _files.Dispose();
    }
}
