using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>
/// Keeps what the wallet shows of payments to our addresses. It asks for everything after the newest block that is final; so each call covers
/// all that may still change, whatever was missed in between, and a repetition changes nothing. One call at a time.
/// </summary>
public sealed class ChainFollower(
    BitcoinNode node, Database database, InvoiceOrigin origin, IOptions<BitcoinCoreOptions> options, ILogger<ChainFollower> log) : IDisposable
{
    /// <summary>Unconfirmed transactions that the mempool is asked for in one call; more do not come without somebody paying for each.</summary>
    private const int MostUnconfirmed = 500;

    private const int AddressesAtOnce = 500;

    private readonly SemaphoreSlim _following = new(1, 1);

    private BitcoinCoreOptions Options => options.Value;

    private string CursorKey => $"payments:bitcoincore:{Options.Store}:block";

    /// <summary>Brings <see cref="ChainPayment"/> to what the node says now.</summary>
    /// <exception cref="ProviderUnavailableException">The node cannot be asked; what was kept stays.</exception>
    public async Task FollowAsync(DateTimeOffset now, CancellationToken ct)
    {
        await _following.WaitAsync(ct);
        try
        {
            var changes = await ChangesAsync(ct);
            var listed = changes.Transactions.Where(t => t is { Category: "receive", Address.Length: > 0 and <= 100, Amount: > 0 })
                .DistinctBy(IdOf).ToDictionary(IdOf, StringComparer.Ordinal);
            var kept = await KeptAsync(listed, ct);
            var unknown = listed.Values.Where(o => !kept.ContainsKey(IdOf(o))).ToList();
            var ours = await OursAsync(unknown, ct);
            var outputs = listed.Values.Where(o => kept.ContainsKey(IdOf(o)) || ours.ContainsKey(o.Address!)).ToList();
            var inMempool = await InMempoolAsync(outputs, ct);

            var rows = new List<ChainPayment>();
            foreach (var output in outputs)
                rows.Add(Row(output, kept.GetValueOrDefault(IdOf(output)), ours.GetValueOrDefault(output.Address!), inMempool, now));
            foreach (var row in kept.Values.Where(r => !listed.ContainsKey(r.Id)))
                rows.Add(await UnlistedAsync(row, now, ct));
            await KeepAsync(rows.Where(r => !kept.TryGetValue(r.Id, out var before) || !Same(r, before)).ToList(), changes.Lastblock, now, ct);
        }
        finally
        {
            _following.Release();
        }
    }

    /// <summary>Makes sure that what comes to an address given from now on will be seen.</summary>
    /// <exception cref="ProviderUnavailableException">The node cannot be asked.</exception>
    public async Task BeginAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (await CursorAsync(ct) is null)
            await FollowAsync(now, ct);
    }

    public void Dispose() => _following.Dispose();

    private static string IdOf(WalletOutput output) => $"{output.Txid}-{output.Vout}";

    private Task<string?> CursorAsync(CancellationToken ct)
    {
        var key = CursorKey;
        return database.ReadAsync(db => db.Settings.Where(s => s.Key == key).Select(s => s.Value).SingleOrDefaultAsync(ct), ct);
    }

    /// <summary>From the cursor on. Without one nothing was ever asked for, so what is older than the newest blocks cannot be ours.</summary>
    private async Task<WalletChanges> ChangesAsync(CancellationToken ct)
    {
        var cursor = await CursorAsync(ct) ?? (await node.BestBlockAsync(ct)).OrThrow("the newest block cannot be read");
        var answer = await node.ChangesAsync(cursor, Options.FinalDepth, ct);
        if (answer.Failure is { Kind: RpcFailureKind.NotFound })
        {
            log.LogWarning("The node does not know block {Block}, up to which payments were read; it is read from the beginning", cursor);
            answer = await node.ChangesAsync(null, Options.FinalDepth, ct);
        }
        return answer.OrThrow("payments cannot be listed");
    }

    /// <summary>Rows of what is listed, and of what was not final when it was seen last.</summary>
    private async Task<Dictionary<string, ChainPayment>> KeptAsync(Dictionary<string, WalletOutput> listed, CancellationToken ct)
    {
        var (store, final) = (Options.Store, Options.FinalDepth);
        var rows = await database.ReadAsync(
            db => db.ChainPayments.Where(p => p.Store == store && p.Confirmations >= 0 && p.Confirmations < final).ToListAsync(ct), ct);
        var kept = rows.ToDictionary(r => r.Id, StringComparer.Ordinal);
        foreach (var ids in listed.Keys.Where(id => !kept.ContainsKey(id)).Chunk(AddressesAtOnce))
        {
            foreach (var row in await database.ReadAsync(db => db.ChainPayments.Where(p => p.Store == store && ids.Contains(p.Id)).ToListAsync(ct), ct))
                kept.Add(row.Id, row);
        }
        return kept;
    }

    /// <summary>Addresses of ours; with the label where only the wallet remembers that they are.</summary>
    private async Task<Dictionary<string, string?>> OursAsync(List<WalletOutput> outputs, CancellationToken ct)
    {
        var (kind, store) = (nameof(PaymentProviderKind.BitcoinCore), Options.Store);
        var ours = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var addresses in outputs.Select(o => o.Address!).Distinct().Chunk(AddressesAtOnce))
        {
            var known = await database.ReadAsync(
                db => db.Invoices.Where(i => i.Provider == kind && i.Store == store && addresses.Contains(i.ProviderId)).Select(i => i.ProviderId!).ToListAsync(ct), ct);
            foreach (var address in known)
                ours.Add(address, null);
        }
        foreach (var output in outputs.Where(o => !ours.ContainsKey(o.Address!)))
        {
            if (InvoiceLabel.TryRead(output.Label, output.Address!) is { } invoice && invoice.Metadata.GetValueOrDefault(InvoiceMetadata.Server) == origin.ServerId)
                ours.Add(output.Address!, output.Label);
        }
        return ours;
    }

    private async Task<HashSet<string>> InMempoolAsync(List<WalletOutput> outputs, CancellationToken ct)
    {
        var unconfirmed = outputs.Where(o => o.Confirmations == 0).OrderByDescending(o => o.Timereceived).Select(o => o.Txid).Distinct().ToList();
        if (unconfirmed.Count > MostUnconfirmed)
            log.LogWarning("{Count} unconfirmed payments; the newest {Most} are looked for in the mempool", unconfirmed.Count, MostUnconfirmed);
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var txid in unconfirmed.Take(MostUnconfirmed))
        {
            if (await node.IsInMempoolAsync(txid, ct))
                found.Add(txid);
        }
        return found;
    }

    private ChainPayment Row(WalletOutput output, ChainPayment? before, string? label, HashSet<string> inMempool, DateTimeOffset now)
    {
        var row = new ChainPayment
        {
            Store = Options.Store,
            Id = IdOf(output),
            Address = output.Address!,
            Sats = before?.Sats ?? checked((long)(output.Amount * Money.Scale)),
            ReceivedAt = before?.ReceivedAt ?? ReceivedAt(output, now),
            Label = before is null ? label : before.Label,
            Confirmations = Math.Clamp(output.Confirmations, -1, Options.FinalDepth),
        };
        if (output.Abandoned)
            row.Confirmations = -1;
        if (row.Confirmations == 0 && !inMempool.Contains(output.Txid))
        {
            if (output.Mempoolconflicts is { Count: > 0 } || output.Walletconflicts is { Count: > 0 })
                row.Confirmations = -1; // something else spends its coins and is in the mempool in its place
            else
                row.UnseenSince = before?.UnseenSince ?? now;
        }
        return row;
    }

    /// <summary>
    /// The node's first sight of it, or its block where the node itself was away then; never later than now, should the node's clock be ahead.
    /// </summary>
    private static DateTimeOffset ReceivedAt(WalletOutput output, DateTimeOffset now)
    {
        var seconds = Math.Min(output.Timereceived, output.Blocktime is > 0 and var time ? time : long.MaxValue);
        return DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, now.ToUnixTimeSeconds()));
    }

    /// <summary>A payment that may still change and is not in the list: final by now, or the wallet was changed.</summary>
    private async Task<ChainPayment> UnlistedAsync(ChainPayment before, DateTimeOffset now, CancellationToken ct)
    {
        var row = new ChainPayment
        {
            Store = before.Store,
            Id = before.Id,
            Address = before.Address,
            Sats = before.Sats,
            ReceivedAt = before.ReceivedAt,
            Confirmations = before.Confirmations,
            UnseenSince = before.UnseenSince,
            Label = before.Label,
        };
        var answer = await node.TransactionAsync(before.Id[..before.Id.LastIndexOf('-')], ct);
        if (answer.Failure is { Kind: RpcFailureKind.NotFound })
        {
            // A wallet forgets nothing by itself: that it was made anew is no sign that money went back.
            if (before.Confirmations == 0)
                row.UnseenSince ??= now;
            else
                log.LogWarning("The wallet no longer knows payment {Payment}; was it made anew? The payment stays booked", before.Id);
            return row;
        }
        var transaction = answer.OrThrow($"payment {before.Id} cannot be read");
        row.Confirmations = Math.Clamp(transaction.Confirmations, -1, Options.FinalDepth);
        if (row.Confirmations > 0)
            row.UnseenSince = null;
        return row;
    }

    private static bool Same(ChainPayment a, ChainPayment b) => a.Confirmations == b.Confirmations && a.UnseenSince == b.UnseenSince;

    private async Task KeepAsync(List<ChainPayment> changed, string block, DateTimeOffset now, CancellationToken ct)
    {
        var key = CursorKey;
        if (changed.Count == 0 && await CursorAsync(ct) == block)
            return;
        await database.WriteAsync(async db =>
        {
            foreach (var row in changed)
            {
                if (await db.ChainPayments.SingleOrDefaultAsync(p => p.Store == row.Store && p.Id == row.Id, ct) is { } present)
                    (present.Confirmations, present.UnseenSince) = (row.Confirmations, row.UnseenSince);
                else
                    db.ChainPayments.Add(row);
            }
            var cursor = await db.Settings.SingleOrDefaultAsync(s => s.Key == key, ct);
            if (cursor is null)
                db.Settings.Add(new Setting { Key = key, Value = block, At = now });
            else
                (cursor.Value, cursor.At) = (block, now);
        }, ct);
    }
}
