namespace Datt.Paid.Client;

/// <summary>
/// The HTTP contract of one rendezvous server, in parts by feature. Thread-safe, like the <see cref="HttpClient"/> it is given.
/// Every call throws <see cref="DattException"/> when the server refuses it or cannot be reached.
/// </summary>
public sealed class DattClient
{
    /// <param name="http">Its <see cref="HttpClient.BaseAddress"/> is the server's; it stays the caller's to dispose.</param>
    /// <param name="options">The key, and how long to insist.</param>
    /// <exception cref="ArgumentException">The client has no base address.</exception>
    public DattClient(HttpClient http, DattClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.BaseAddress is null)
        {
            throw new ArgumentException("Set HttpClient.BaseAddress to the server's address first.", nameof(http));
        }

        var transport = new Transport(http, options ?? new DattClientOptions());
        Server = new ServerClient(transport);
        Network = new NetworkClient(transport);
        Feeds = new FeedsClient(transport);
        Accounts = new AccountsClient(transport);
        Subscription = new SubscriptionClient(transport);
        Content = new ContentClient(transport);
        Nodes = new NodesClient(transport);
        Search = new SearchClient(transport);
        Passes = new PassClient(transport);
        Policy = new PolicyClient(transport);
        Peers = new PeersClient(transport);
    }

    /// <summary>The server itself: its card, its price, its readiness. No key needed.</summary>
    public ServerClient Server { get; }

    /// <summary>The servers that this one knows. No key needed.</summary>
    public NetworkClient Network { get; }

    /// <summary>The index feeds of all origins that this server has. No key needed, except for runs where the server sells them.</summary>
    public FeedsClient Feeds { get; }

    /// <summary>The account and its keys; scope <c>account</c>.</summary>
    public AccountsClient Accounts { get; }

    /// <summary>Quotes, invoices and renewal; scope <c>account</c>.</summary>
    public SubscriptionClient Subscription { get; }

    /// <summary>Announcing and withdrawing what a node holds; scope <c>announce</c>.</summary>
    public ContentClient Content { get; }

    /// <summary>Presence of nodes; scope <c>announce</c>, listing needs no key.</summary>
    public NodesClient Nodes { get; }

    /// <summary>Search, suggestions, single records and the live stream; scope <c>search</c> and a running subscription.</summary>
    public SearchClient Search { get; }

    /// <summary>Passes for search without an account, where the server sells them.</summary>
    public PassClient Passes { get; }

    /// <summary>What the operator hides from search; scope <c>operator</c>.</summary>
    public PolicyClient Policy { get; }

    /// <summary>What was given to other servers, taken from them, and bought there; scope <c>operator</c>.</summary>
    public PeersClient Peers { get; }
}
