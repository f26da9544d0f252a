namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>What came of the requests: answers by status, and an example of each kind of broken promise.</summary>
internal sealed class FuzzTally
{
    private const int MostFindings = 25;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, long> _statuses = [];
    private readonly Dictionary<string, string> _findings = [];

    public string Statuses
    {
        get
        {
            lock (_gate)
                return string.Join(", ", _statuses.Select(s => $"{s.Value} x {s.Key}"));
        }
    }

    public List<string> Findings
    {
        get
        {
            lock (_gate)
                return [.. _findings.Values];
        }
    }

    public void Count(FuzzRequest request, WireAnswer answer)
    {
        var broken = AnswerRules.Broken(request, answer);
        lock (_gate)
        {
            _statuses[answer.Status] = _statuses.GetValueOrDefault(answer.Status) + 1;
            // One example of a kind: the same wrong on calls that begin alike.
            if (broken is not null && _findings.Count < MostFindings)
                _findings.TryAdd($"{answer.Status} {request.Method} {string.Join('/', request.Target.Split('/', '?').Take(4))}", $"{broken}\n{request}\nanswer {answer.Status}: {answer.Text}");
        }
    }
}
