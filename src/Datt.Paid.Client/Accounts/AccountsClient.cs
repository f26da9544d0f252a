namespace Datt.Paid.Client;

/// <summary>Accounts and their keys.</summary>
public sealed class AccountsClient
{
    private readonly Transport _transport;

    internal AccountsClient(Transport transport) => _transport = transport;

    /// <summary>Makes an account; needs no key. The key in the answer is shown this once.</summary>
    public Task<CreatedAccount> CreateAsync(NewAccount? account = null, CancellationToken ct = default) =>
        _transport.ReadAsync(HttpMethod.Post, "api/v1/accounts",
            JsonBody.Of(account ?? new NewAccount(), ClientJson.Default.NewAccount), ClientJson.Default.CreatedAccount, ct);

    /// <summary>The account of the key in use: its subscription, balance and quota.</summary>
    public Task<Account> ShowAsync(CancellationToken ct = default) =>
        _transport.GetAsync("api/v1/account", ClientJson.Default.Account, ct);

    /// <summary>Changes where notices go. Code <c>invalid_notice_url</c> or <c>invalid_email</c> for what the server does not take.</summary>
    public Task<Account> ChangeAsync(AccountChange change, CancellationToken ct = default) =>
        _transport.ReadAsync(HttpMethod.Patch, "api/v1/account",
            JsonBody.Of(change, ClientJson.Default.AccountChange), ClientJson.Default.Account, ct);

    /// <summary>A page of notices, newest first.</summary>
    /// <param name="cursor">As the page before gave; null begins.</param>
    /// <param name="limit">1 to 200; null leaves it to the server.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task<NoticeList> NoticesAsync(string? cursor = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(
            new Query("api/v1/account/notices").With("cursor", cursor).With("limit", limit).ToString(), ClientJson.Default.NoticeList, ct);

    /// <summary>All keys of the account, without their secrets.</summary>
    public async Task<IReadOnlyList<ApiKey>> KeysAsync(CancellationToken ct = default)
    {
        var keys = new List<ApiKey>();
        string? cursor = null;
        do
        {
            var page = await _transport.GetAsync(
                new Query("api/v1/account/keys").With("cursor", cursor).ToString(), ClientJson.Default.KeyList, ct).ConfigureAwait(false);
            keys.AddRange(page.Keys);
            cursor = page.Keys.Count == 0 ? null : page.Next;
        }
        while (cursor is not null);
        return keys;
    }

    /// <summary>Makes another key of the same account, for another node or another purpose.</summary>
    public Task<CreatedKey> CreateKeyAsync(NewKey key, CancellationToken ct = default) =>
        _transport.ReadAsync(HttpMethod.Post, "api/v1/account/keys",
            JsonBody.Of(key, ClientJson.Default.NewKey), ClientJson.Default.CreatedKey, ct);

    /// <summary>Revokes a key at once. Code <c>not_found</c> when the account has no such key.</summary>
    public Task RevokeKeyAsync(string id, CancellationToken ct = default) =>
        _transport.DoAsync(HttpMethod.Delete, $"api/v1/account/keys/{Query.Segment(id)}", null, ct);
}
