using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Subscriptions;
using Datt.Paid.Tests.Payments;
using FsCheck;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Pricing;

public class PricingTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Theory]
    [InlineData(PricingModel.Flat, 5_000_000, 1, "0.25")]
    [InlineData(PricingModel.PerMillionRecords, 0, 1, "0.25")]
    [InlineData(PricingModel.PerMillionRecords, 1_000_000, 1, "0.30")]
    [InlineData(PricingModel.PerMillionRecords, 99_999, 1, "0.25")]
    [InlineData(PricingModel.PerMillionRecords, 100_000, 1, "0.26")] // 0.255, half goes up
    [InlineData(PricingModel.PerMillionRecords, 1_000_000_000, 1, "1.00")] // clamped
    [InlineData(PricingModel.Coverage, 500, 1_000, "0.13")] // 0.125, half goes up
    [InlineData(PricingModel.Coverage, 1, 1_000, "0.05")] // clamped
    [InlineData(PricingModel.Coverage, 0, 0, "0.25")]
    [InlineData(PricingModel.Coverage, 2_000, 1_000, "0.25")]
    [InlineData(PricingModel.Tiers, 1_000, 1, "0.10")]
    [InlineData(PricingModel.Tiers, 1_001, 1, "0.20")]
    [InlineData(PricingModel.Tiers, 2_000_000, 1, "0.90")]
    public void The_four_models(PricingModel model, long records, long network, string expected)
    {
        var options = new PricingOptions
        {
            Model = model,
            Tiers =
            [
                new PricingTier { UpToRecords = 1_000, Amount = 0.10m }, new PricingTier { UpToRecords = 1_000_000, Amount = 0.20m },
                new PricingTier { Amount = 0.90m },
            ],
        };
        Assert.Equal(expected, PriceFormula.Monthly(options, new Coverage(records, 1, network)).ToPriceString());
    }

    [Theory]
    [InlineData("USD", "0.125", "0.13")]
    [InlineData("USD", "0.135", "0.14")]
    [InlineData("USD", "0.1349999999", "0.13")]
    [InlineData("JPY", "37.5", "38")]
    [InlineData("JPY", "37.49", "37")]
    [InlineData("KWD", "0.0765", "0.077")]
    [InlineData("BTC", "0.000002505", "0.00000251")]
    [InlineData("SATS", "250.5", "251")]
    [InlineData("EUR", "1", "1.00")]
    public void Prices_are_rounded_half_up_to_the_minor_unit(string currency, string amount, string expected)
    {
        var options = new PricingOptions
        {
            Model = PricingModel.Flat,
            Currency = currency,
            Base = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture),
            Minimum = 0,
            Maximum = 100_000,
        };
        Assert.Equal(expected, PriceFormula.Monthly(options, default).ToPriceString());
    }

    [Fact]
    public void A_balance_shows_the_decimals_it_has()
    {
        Assert.Equal("0.20", Money.Of(0.2m, "USD").ToBalanceString());
        Assert.Equal("0.2508", Money.Of(0.2508m, "USD").ToBalanceString());
        Assert.Equal("-0.00000001", new Money(-1, "USD").ToBalanceString());
        Assert.Equal("0", Money.Zero("JPY").ToBalanceString());
        Assert.Throws<InvalidOperationException>(() => Money.Zero("USD") + Money.Zero("EUR"));
    }

    [Property]
    public void More_records_never_make_a_month_cheaper(PositiveInt records, PositiveInt more)
    {
        var options = new PricingOptions();
        var low = PriceFormula.Monthly(options, new Coverage(records.Get, 1, 1));
        var high = PriceFormula.Monthly(options, new Coverage((long)records.Get + more.Get, 1, 1));
        Assert.True(high >= low);
        Assert.InRange(low.Amount, options.Minimum, options.Maximum);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var result = new PricingOptionsValidator().Validate(null, new PricingOptions
        {
            Model = PricingModel.Tiers,
            Base = -1,
            Minimum = 2,
            Maximum = 1.005m,
            Tiers = [new PricingTier { UpToRecords = 5, Amount = -1 }, new PricingTier { UpToRecords = 5 }, new PricingTier { UpToRecords = 9 }],
        });
        var errors = string.Join('\n', result.Failures!);
        Assert.Equal(6, result.Failures!.Count());
        foreach (var key in new[] { ":Base", ":Minimum must not be above", ":Maximum has more decimals", ":Tiers:0:Amount", ":Tiers:1:UpToRecords must be above", ":Tiers:2:UpToRecords must be left out" })
            Assert.Contains(key, errors);
        Assert.True(new PricingOptionsValidator().Validate(null, new PricingOptions()).Succeeded);
        Assert.True(new PricingOptionsValidator().Validate(null, new PricingOptions { Currency = "usd" }).Failed);
        Assert.Contains("smallest unit", new PricingOptionsValidator().Validate(null, new PricingOptions { Currency = "SATS" }).FailureMessage);
    }

    [Fact]
    public async Task A_new_price_is_published_an_hour_before_it_holds_and_a_quote_can_be_kept()
    {
        await using var server = await MoneyServer.StartAsync();
        var start = server.Now;
        await server.Prices.RepriceAsync(new Coverage(1_000_000, 2, 2_000_000), start + TimeSpan.FromMinutes(10), Ct);
        await server.Prices.RepriceAsync(new Coverage(1_000_000, 2, 2_000_000), start + TimeSpan.FromMinutes(20), Ct); // the same again
        Assert.Equal(2, server.Prices.History.Count);
        var quote = Quoted(await server.Quotes.QuoteAsync(2, start + TimeSpan.FromMinutes(30), Ct));
        Assert.Equal(("0.25", "0.50", start + TimeSpan.FromMinutes(70)), (quote.Price.ToPriceString(), quote.Amount.ToPriceString(), quote.ValidUntil));
        Assert.Equal("0.25", server.Prices.At(quote.ValidUntil - TimeSpan.FromMilliseconds(1)).Monthly.ToPriceString());
        Assert.Equal("0.30", server.Prices.At(quote.ValidUntil).Monthly.ToPriceString());
        Assert.Equal(0.5m, server.Prices.At(quote.ValidUntil).Coverage.Ratio);
        Assert.Equal("0.25", server.Prices.PublishedBy(start).Monthly.ToPriceString());
        Assert.Equal("0.25", server.Prices.PublishedBy(start - TimeSpan.FromDays(7)).Monthly.ToPriceString()); // the oldest there is

        await using var same = await MoneyServer.StartAsync(directory: server.Directory, now: start + TimeSpan.FromDays(1));
        Assert.Equal("0.30", same.Prices.At(same.Now).Monthly.ToPriceString());
        await using var dearer = await MoneyServer.StartAsync(
            new() { ["Datt:Pricing:Base"] = "0.40" }, directory: server.Directory, now: start + TimeSpan.FromDays(2));
        Assert.Equal("0.40", dearer.Prices.At(dearer.Now).Monthly.ToPriceString());
    }

    [Fact]
    public async Task Where_only_onchain_is_possible_the_minimum_is_asked_for_and_the_rest_is_balance()
    {
        var provider = new ScriptedProvider { Methods = [new ProviderMethod(PaymentMethod.OnChain, 294)] };
        await using var server = await MoneyServer.StartAsync(provider: provider);
        var quote = Quoted(await server.Quotes.QuoteAsync(1, server.Now, Ct));
        Assert.Equal("5.00", quote.Amount.ToPriceString()); // 5,000 satoshi at 100,000
        Assert.NotNull(quote.Note);
        Assert.Equal(20, quote.CheapestBundle!.Months);

        var (account, _) = await server.AccountAsync();
        var invoice = await server.InvoiceAsync(account);
        Assert.Equal(("5.00", 5_000L), (invoice.Amount.ToPriceString(), invoice.DueSats));
        Assert.NotNull(invoice.Note);
        var id = await server.ProviderIdAsync(invoice.Id);
        provider.Pay(id, 5_000, server.Now);
        await server.Settlement.ApplyAsync(id, "test", server.Now, Ct);
        Assert.Equal(4.75m, await server.BalanceAsync(account));
        Assert.Equal(SubscriptionState.Active, server.State(account));

        var lightning = Quoted(await new Func<Task<QuoteOutcome>>(async () =>
        {
            provider.Methods = [.. provider.Methods, new ProviderMethod(PaymentMethod.Lightning, 1)];
            return await server.Quotes.QuoteAsync(1, server.Now, Ct);
        })());
        Assert.Equal(("0.25", 1), (lightning.Amount.ToPriceString(), lightning.CheapestBundle!.Months));
        Assert.Equal([false, true], lightning.Methods.Select(m => m.Works));
        Assert.IsType<QuoteOutcome.Invalid>(await server.Quotes.QuoteAsync(25, server.Now, Ct));
    }

    [Fact]
    public async Task The_currency_is_fixed_by_the_first_entry()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id);
        Assert.Empty(await server.Get<BooksCheck>().ProblemsAsync(Ct));
        await using var other = await MoneyServer.StartAsync(new() { ["Datt:Pricing:Currency"] = "EUR" }, directory: server.Directory);
        Assert.Contains("USD", Assert.Single(await other.Get<BooksCheck>().ProblemsAsync(Ct)));
    }

    private static Quote Quoted(QuoteOutcome outcome) => Assert.IsType<QuoteOutcome.Quoted>(outcome).Quote;
}
