using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Quality;

public class CranfieldTests
{
    /// <summary>What bare Lucene.Net with BM25 and English analysis reaches, title and abstract a field each: 0.393 and 0.311.</summary>
    [Fact]
    public async Task Search_ranks_as_well_as_bare_Lucene()
    {
        if (CranfieldCollection.Find() is not { } folder)
        {
            Assert.Skip("The Cranfield collection is not there: put it below ../shared/corpora/cranfield, or its parent's path into DATT_CORPORA.");
            return;
        }
        var ct = TestContext.Current.CancellationToken;
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync();
        var search = new CranfieldOverHttp(customer.Http, CranfieldCollection.Read(folder));
        await search.AnnounceAsync("cranfield", ct);
        await search.WaitUntilSearchableAsync(ct);

        var quality = await search.MeasureAsync(ct);

        Assert.True(quality is { Ndcg10: >= 0.393, Map: >= 0.31 }, $"nDCG@10 at least 0.393 and MAP at least 0.31 are asked for: {quality}");
    }
}
