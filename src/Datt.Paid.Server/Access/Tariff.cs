using Datt.Paid.Pricing;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.Access;

/// <summary>What a refused searcher is told: the price, what it buys, and where to subscribe.</summary>
public sealed class Tariff(PriceBook prices, CoverageMeter coverage, PublicAddress address, TimeProvider time)
{
    public Problem PaymentRequired(string detail) => new(StatusCodes.Status402PaymentRequired, ProblemCodes.PaymentRequired, detail)
    {
        Members = json =>
        {
            var monthly = prices.At(time.GetUtcNow()).Monthly;
            var covers = coverage.Now;
            json.WriteStartObject("price");
            json.WriteString("amount", monthly.ToPriceString());
            json.WriteString("currency", monthly.Currency);
            json.WriteString("period", "month");
            json.WriteEndObject();
            json.WriteStartObject("coverage");
            json.WriteNumber("records", covers.Records);
            json.WriteNumber("origins", covers.Origins);
            json.WriteNumber("networkRecords", covers.NetworkRecords);
            json.WriteNumber("ratio", covers.Ratio);
            json.WriteEndObject();
            json.WriteString("subscribeUrl", address.Of("/api/v1/subscription/quote"));
        },
    };
}
