using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Payments;

public sealed class InvoiceMetricsTests
{
    [Fact]
    public async Task Invoices_are_counted_by_state()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync();
        await customer.InvoiceAsync(1);
        await customer.InvoiceAsync(2);
        // The count goes on behind the first answer; the exporter answers from a copy for a moment.
        string[] lines = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                lines = [.. (await server.Anyone.GetStringAsync("/metrics")).Split('\n').Where(line => line.StartsWith("datt_invoices{", StringComparison.Ordinal))];
                return lines.Length > 0;
            },
            "the invoices are counted");
        Assert.Equal(5, lines.Length);
        foreach (var (state, count) in new[] { ("new", "2"), ("settled", "1"), ("processing", "0"), ("expired", "0"), ("invalid", "0") })
            Assert.Equal(count, Assert.Single(lines, line => line.Contains($"state=\"{state}\"", StringComparison.Ordinal)).Split(' ')[1]);
    }
}
