using Datt.Paid.Payments.Rates;
using Datt.Paid.Pricing;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>Asks the node everything that <see cref="BitcoinCoreCheck"/> judges. It changes nothing there and takes no address.</summary>
public sealed class BitcoinCoreInspection(
    BitcoinNode node, BitcoinRates rates, IOptions<BitcoinCoreOptions> options, IOptions<PricingOptions> pricing, TimeProvider time) : IPaymentCheck
{
    public PaymentProviderKind Kind => PaymentProviderKind.BitcoinCore;

    public bool IsSet => options.Value.IsSet;

    public async Task<IReadOnlyList<PaymentFinding>> CheckAsync(string? publicUrl, CancellationToken ct) => BitcoinCoreCheck.Judge(await LookAsync(ct));

    private async Task<BitcoinCoreSituation> LookAsync(CancellationToken ct)
    {
        var chain = await node.ChainInfoAsync(ct);
        var seen = new BitcoinCoreSituation
        {
            Options = options.Value,
            Currency = pricing.Value.Currency,
            Chain = chain,
            Clock = ClockComparison.Of(chain.Date, time.GetUtcNow()),
            NoRate = await NoRateAsync(ct),
        };
        return seen.Chain.Failure is not null
            ? seen
            : seen with { Network = await node.NetworkInfoAsync(ct), Wallet = await node.WalletInfoAsync(ct) };
    }

    private async Task<string?> NoRateAsync(CancellationToken ct)
    {
        try
        {
            await rates.OfAsync(pricing.Value.Currency, time.GetUtcNow(), ct);
            return null;
        }
        catch (ProviderUnavailableException e)
        {
            return e.Message;
        }
    }
}
