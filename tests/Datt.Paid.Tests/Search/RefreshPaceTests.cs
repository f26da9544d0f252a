using Datt.Paid.Search;
using Datt.Paid.Search.Indexing;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Tests.Search;

public sealed class RefreshPaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SearchSettings _settings = new() { Directory = "unused", RefreshAfter = TimeSpan.FromMilliseconds(100), RefreshInBulk = TimeSpan.FromSeconds(2) };

    [Fact]
    public void A_few_changes_wait_from_the_first_and_many_from_the_last_but_not_for_ever()
    {
        var (pace, start) = (new RefreshPace(_settings, _time), _time.GetTimestamp());
        Assert.Null(pace.Wait());
        pace.Applied(1);
        _time.Advance(TimeSpan.FromMilliseconds(60));
        pace.Applied(1);
        Assert.Equal(TimeSpan.FromMilliseconds(40), pace.Wait());

        pace.Applied(RefreshPace.BulkSize);
        Assert.Equal(TimeSpan.FromMilliseconds(100), pace.Wait());
        while (_time.GetElapsedTime(start) < TimeSpan.FromSeconds(1.9))
        {
            _time.Advance(TimeSpan.FromMilliseconds(92));
            pace.Applied(500);
        }
        Assert.Equal(TimeSpan.FromSeconds(2) - _time.GetElapsedTime(start), pace.Wait());
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.True(pace.Wait() <= TimeSpan.Zero);
        pace.Take();
        Assert.Null(pace.Wait());
    }
}
