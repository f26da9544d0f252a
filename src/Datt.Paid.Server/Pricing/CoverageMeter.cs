using Datt.Paid.Catalog;
using Datt.Paid.Policy;
using Datt.Paid.Pricing;
using Datt.Paid.Sync;

namespace Datt.Paid.Server.Pricing;

/// <summary>What this server's index covers of the network now; what its operator hides is not covered.</summary>
public sealed class CoverageMeter(ContentCatalog catalog, Census census, PolicyPass policy, TimeProvider time)
{
    public Coverage Now
    {
        get
        {
            var figures = catalog.Figures;
            return new Coverage(Math.Max(0, figures.Records - policy.Hidden.Records), figures.Origins, census.Records(time.GetUtcNow()));
        }
    }
}
