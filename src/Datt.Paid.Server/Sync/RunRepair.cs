using Datt.Paid.Sync;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Server.Sync;

/// <summary>What becomes of a run whose bytes on the disk are not what they were: one of another server's feed is fetched again.</summary>
public sealed class RunRepair(Swarm swarm, ILogger<RunRepair> log)
{
    /// <summary>Looks at a run from which nothing could be read.</summary>
    public void Look(HeldRun run, string origin)
    {
        if (!run.IsDamaged)
            return;
        log.LogError("Run {Run} of {Origin} is damaged on the disk: {Path}", run.Info.Id, origin, run.Path);
        swarm.Repair(origin, run);
    }
}
