using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Payments.L402;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments.Sandbox;

/// <summary>Lightning invoices that are paid by a call, with play money. Their preimages are made from their ids, so that nothing has to be kept.</summary>
public sealed class SandboxMint(PassSecret secret) : ILightningMint
{
    private const string Prefix = "sandbox-not-a-real-invoice-";

    private readonly byte[] _key = HMACSHA256.HashData(secret.Value, "sandbox"u8);
    private readonly ConcurrentDictionary<string, long> _paid = new();

    public PaymentProviderKind Kind => PaymentProviderKind.Sandbox;

    public string Store => "sandbox";

    public Task<MintedInvoice> MintAsync(long sats, string description, TimeSpan lifetime, CancellationToken ct)
    {
        var id = RandomId.New("ln");
        return Task.FromResult(new MintedInvoice(id, Prefix + id, HashOf(id)));
    }

    /// <summary>Knows what was paid since its start; what it never heard of, it calls expired.</summary>
    public Task<LightningReading?> ReadAsync(string id, CancellationToken ct) => Task.FromResult<LightningReading?>(
        _paid.TryGetValue(id, out var sats)
            ? new LightningReading(LightningStatus.Paid, sats, HashOf(id))
            : new LightningReading(LightningStatus.Expired, 0, HashOf(id)));

    /// <summary>The id of an invoice; null for another text.</summary>
    internal static string? IdOf(string invoice) => invoice.StartsWith(Prefix, StringComparison.Ordinal) ? invoice[Prefix.Length..] : null;

    /// <summary>Pays it.</summary>
    /// <returns>The preimage.</returns>
    internal string Pay(string id, long sats)
    {
        _paid[id] = sats;
        return Convert.ToHexStringLower(PreimageOf(id));
    }

    private byte[] PreimageOf(string id) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(id));

    private string HashOf(string id) => Convert.ToHexStringLower(SHA256.HashData(PreimageOf(id)));
}

/// <summary>Plays the buyer's wallet: pays the invoice of a pass with play money, and books it at once.</summary>
public sealed class SandboxPassTill(SandboxMint mint, PassSales sales, PaymentProviders providers, Database database)
{
    /// <summary>Pays an invoice; again, it only tells the preimage again.</summary>
    /// <param name="invoice">The text of the challenge.</param>
    /// <returns>The preimage, 64 hexadecimal digits; null for what is no open invoice of the sandbox.</returns>
    public async Task<string?> PayAsync(string invoice, DateTimeOffset now, CancellationToken ct)
    {
        if (!providers.IsSandbox || SandboxMint.IdOf(invoice) is not { } id)
            return null;
        var sale = await database.ReadAsync(db => db.PassSales.SingleOrDefaultAsync(s => s.ProviderId == id && s.Sandbox, ct), ct);
        if (sale is null || (sale.PaidAt is null && now >= sale.PayableUntil))
            return null;
        var preimage = mint.Pay(id, sale.Sats);
        await sales.BookAsync(sale, sale.Sats, now, ct);
        return preimage;
    }
}
