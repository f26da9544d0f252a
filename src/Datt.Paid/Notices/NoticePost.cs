using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Notices;

/// <summary>
/// Posts a notice to its account's URL, signed with the server's key (<see cref="NoticeSignature"/>). Every status but 2xx is a failure, a
/// redirect too; of the answer's body nothing is read.
/// </summary>
internal sealed class NoticePost(OutboundClient outbound, ServerKey key, TimeProvider time)
{
    /// <summary>Header with the id of the notice, which is in the body as well.</summary>
    public const string IdHeader = "Datt-Notice-Id";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<DeliveryOutcome> SendAsync(string noticeUrl, NoticeMessage message, string serverUrl, CancellationToken ct)
    {
        var body = message.ToJson(key.Id, serverUrl);
        var request = new OutboundRequest(HttpMethod.Post, noticeUrl)
        {
            Headers = [(NoticeSignature.Header, NoticeSignature.Sign(key, time.GetUtcNow(), body)), (IdHeader, message.Id)],
            Body = body,
            Timeout = Patience,
            MaxResponseBytes = 0,
        };
        return await outbound.SendAsync(request, ct) switch
        {
            OutboundOutcome.Answered { Status: >= 200 and < 300 } => new DeliveryOutcome.Delivered(),
            OutboundOutcome.Answered answered => new DeliveryOutcome.Failed($"The notice URL answered with status {answered.Status}."),
            OutboundOutcome.Refused refused => new DeliveryOutcome.Failed($"The notice URL {refused.Reason}."),
            OutboundOutcome.Failed failed => new DeliveryOutcome.Failed(Words(failed.Failure), Silent: true),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is no outcome of a notice."),
        };
    }

    private static string Words(OutboundFailure failure) => failure switch
    {
        OutboundFailure.Unresolved => "The host of the notice URL has no address.",
        OutboundFailure.Unreachable => "The host of the notice URL takes no connection, or none that is secure.",
        OutboundFailure.TimedOut => "The notice URL did not answer in time.",
        _ => "The notice URL broke off, or answered with something that is no HTTP.",
    };
}
