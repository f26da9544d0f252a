using Datt.Paid.Catalog;
using Datt.Paid.Pricing;

namespace Datt.Paid.Server.Pricing;

/// <summary>What this server's index covers now. It knows no other server's records yet, so the network is what it holds itself.</summary>
public sealed class CoverageMeter(ContentCatalog catalog)
{
    public Coverage Now
    {
        get
        {
            var figures = catalog.Figures;
            return new Coverage(figures.Records, figures.Origins, figures.Records);
        }
    }
}
