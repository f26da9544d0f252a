using System.Text.RegularExpressions;
using Datt.Paid.BtcPayServer.Contract;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>The published document, the real server and the test server against each other.</summary>
public class ContractTests
{
    /// <summary>Where the real server is known to differ from its document.</summary>
    private static readonly (string What, Regex Problem)[] Deviations =
    [
        ("a single invoice or webhook is documented without the store's path", new Regex(" documented without the store$")),
        ("rates are in no part of the document", new Regex("/rates(/|:).*not documented$")),
        ("previewed addresses are in no part of the document", new Regex("/wallet/preview: not documented$")),
        ("422 is undocumented in many places", new Regex(" 422 status not documented$")),
        ("403 is undocumented in many places", new Regex(" 403 status not documented$")),
        ("400 is documented as an array and is an object", new Regex(" 400 response: not a array$")),
        ("an amount may be a number", new Regex("request\\.amount: not a string$")),
        ("amounts of a refund on offer are numbers", new Regex("/refund/.*(Amount|AmountNow|AmountThen): not a string$")),
        ("the date of a payout is a number", new Regex("\\.date: not a string$")),
        ("BOLT11Expiration is a number", new Regex("BOLT11Expiration: not a string$")),
        ("paymentMethodCriteria is an array", new Regex("paymentMethodCriteria: not a object$")),
        ("server onion may be null", new Regex("server/info 200 response\\.onion: null$")),
        ("a store's defaultPaymentMethod may be null", new Regex("defaultPaymentMethod: null$")),
        ("a payout's proof may be null", new Regex("paymentProof: null$")),
        ("a delivery's error may be null", new Regex("errorMessage: null$")),
        ("what a Lightning invoice received is null before", new Regex("amountReceived: null$")),
        ("a method that is not activated has neither destination nor data", new Regex(@"payment-methods 200 response\[\]\.(destination|additionalData): null$")),
    ];

    private static GreenfieldContract Contract => new(Path.Combine(Recording.Folder(), "greenfield.openapi.json"));

    [Fact]
    public void The_real_server_differs_from_its_document_only_in_known_ways()
    {
        var contract = Contract;
        var problems = new HashSet<string>();
        var exchanges = 0;
        foreach (var step in Recording.ReadAll().SelectMany(recording => recording.Steps).Where(step => Recording.Is(step, "http")))
        {
            var path = step["request"]!["path"]!.ToString();
            if (!Used().IsMatch(path))
                continue;
            exchanges++;
            problems.UnionWith(contract.Problems(
                step["request"]!["method"]!.ToString(), path, step["request"]!["body"], (int)step["response"]!["status"]!, step["response"]!["body"]));
        }
        AssertKnown(problems);
        Assert.All(Deviations, deviation => Assert.True(problems.Any(deviation.Problem.IsMatch), $"No longer needed: {deviation.What}"));
        Assert.True(exchanges > 200, $"{exchanges} exchanges");
    }

    [Fact]
    public async Task The_test_server_differs_from_the_document_only_as_the_real_one_does()
    {
        var problems = new HashSet<string>();
        foreach (var number in new[] { 2, 5, 7, 8, 16, 18 })
        {
            using var handler = new ContractHandler(Contract, new SocketsHttpHandler());
            await using var replay = await RecordingReplay.StartAsync(Recording.Read(number), handler);
            await replay.RunAsync();
            Assert.True(handler.Checked > 10, $"{handler.Checked} exchanges");
            problems.UnionWith(handler.Problems);
        }
        AssertKnown(problems);
    }

    private static void AssertKnown(IEnumerable<string> problems)
    {
        var unknown = problems.Where(problem => !Deviations.Any(deviation => deviation.Problem.IsMatch(problem))).Order(StringComparer.Ordinal).ToList();
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
    }

    private static Regex Used() => new("^/api/v1/(server/info|api-keys|invoices|webhooks|pull-payments|payouts|stores(/[^/]+(/(invoices|webhooks|payment-methods|rates|pull-payments|payouts|lightning).*)?)?$)");
}
