using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>
/// Requests of every kind of wrongness against a real server: none brings a fault, every refusal is a problem document with a code of the
/// contract, none hangs, and the server is as well afterwards as before.
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class HttpFuzzCampaign(ITestOutputHelper output)
{
    private const int Workers = 4;
    private const int GarbageShare = 25;
    private const long MostGrowth = 300L << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task NoRequestBringsAFault()
    {
        var ct = TestContext.Current.CancellationToken;
        var run = new CampaignRun(output, "http-fuzz");
        using var folder = new DataFolder(run);
        var settings = new Dictionary<string, string> { ["Datt:Torrent:Enabled"] = "true" };
        await using var server = await ServerProcess.Start(folder.Data, ServerProcess.FreeAddress(), settings).ReadyAsync(ct);
        using var nobody = new Caller(server.Address);
        var api = new ApiDescription((await nobody.MustGetAsync("/openapi/v1.json", ct)).Expect(HttpStatusCode.OK).Json);
        var maker = new RequestMaker(api, await FuzzSubjects.MakeAsync(server.Address, ct));

        var tally = new FuzzTally();
        // The first quarter warms up; what is held after it is what a server holds that has seen such things.
        await SendAsync(server, maker, 0, CampaignRun.Inputs / 4, tally, ct);
        var before = server.ResidentBytes;
        await SendAsync(server, maker, Workers, CampaignRun.Inputs - (CampaignRun.Inputs / 4), tally, ct);
        var after = server.ResidentBytes;

        Assert.False(server.HasExited, server.Output);
        Assert.True(tally.Findings.Count == 0, $"{string.Join("\n\n", tally.Findings)}\n\n{server.Output}");
        Assert.Equal(HttpStatusCode.OK, await server.StatusAsync("/health/ready", ct));
        Assert.True(after - before < MostGrowth, $"resident memory went from {before >> 20} to {after >> 20} MB");
        using var sane = await Caller.RegisteredAsync(server.Address, ct);
        (await sane.MustPutAsync("/api/v1/content/sane?node=sane", new JsonObject { ["title"] = "Sane" }, ct)).Expect(HttpStatusCode.NoContent);
        run.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{CampaignRun.Inputs} inputs; answers {tally.Statuses}; resident {before >> 20} -> {after >> 20} MB; no fault, no hang"));
        folder.Passed();
    }

    private static async Task SendAsync(ServerProcess server, RequestMaker maker, int actor, int inputs, FuzzTally tally, CancellationToken ct)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var workers = Enumerable.Range(actor, Workers).Select(async worker =>
        {
            try
            {
                await new Worker(server, maker, CampaignRun.RandomFor(worker), tally).RunAsync(inputs / Workers, failed.Token);
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        });
        await Task.WhenAll(workers);
    }

    private sealed class Worker(ServerProcess server, RequestMaker maker, Random random, FuzzTally tally)
    {
        private readonly string _host = server.Address.Authority;
        private WireConnection? _connection;

        public async Task RunAsync(int inputs, CancellationToken ct)
        {
            for (var i = 0; i < inputs; i++)
            {
                if (random.Next(GarbageShare) == 0)
                    await ThrowAsync(WireGarbage.Next(random), ct);
                else
                    await AskAsync(maker.Next(random), ct);
            }
            _connection?.Dispose();
        }

        private async Task AskAsync(FuzzRequest request, CancellationToken ct)
        {
            // A machine that stood still is no hang of the server: what hangs does so twice.
            var answer = await AnswerAsync(request, ct) ?? await AnswerAsync(request, ct);
            Assert.True(answer is not null, $"no answer within {Limit.TotalSeconds} s, twice, to {request}");
            tally.Count(request, answer);
        }

        private async Task<WireAnswer?> AnswerAsync(FuzzRequest request, CancellationToken ct)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Limit);
            var fresh = _connection is null;
            try
            {
                _connection ??= await WireConnection.OpenAsync(server.Address, limit.Token);
                await _connection.SendAsync(request.Bytes(_host), limit.Token);
                var answer = await _connection.ReadAnswerAsync(request.Method == "HEAD", limit.Token);
                if (!answer.KeepsConnection)
                    Disconnect();
                return answer;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                Disconnect();
                return null;
            }
            catch (IOException e)
            {
                // A kept connection may have been closed since; a fresh one must answer.
                Disconnect();
                if (fresh)
                    throw new IOException($"{e.Message}: {request}\n\n{server.Output}", e);
                return await AnswerAsync(request, ct);
            }
        }

        private async Task ThrowAsync(byte[] garbage, CancellationToken ct)
        {
            for (var attempt = 0; attempt < 2; attempt++)
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
                limit.CancelAfter(Limit);
                try
                {
                    using var connection = await WireConnection.OpenAsync(server.Address, limit.Token);
                    await connection.SendAsync(garbage, limit.Token);
                    connection.FinishSending();
                    var answers = await connection.ReadToEndAsync(limit.Token);
                    Assert.False(WireGarbage.HoldsFault(answers), $"a fault after {Convert.ToBase64String(garbage)}:\n{Encoding.Latin1.GetString(answers)}\n\n{server.Output}");
                    return;
                }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                {
                    // Once more, see AskAsync.
                }
            }
            Assert.Fail($"the connection stays open after {Convert.ToBase64String(garbage)}");
        }

        private void Disconnect()
        {
            _connection?.Dispose();
            _connection = null;
        }
    }
}
