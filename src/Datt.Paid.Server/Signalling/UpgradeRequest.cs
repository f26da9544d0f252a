using System.Buffers;
using System.Text;
using Datt.Paid.WebSockets;

namespace Datt.Paid.Server.Signalling;

/// <summary>What the first bytes of a connection are.</summary>
public enum FirstLook
{
    /// <summary>So far they could become a peer's handshake.</summary>
    Undecided,

    /// <summary>Anything that is not plainly the handshake of a peer's socket; HTTP decides what it is.</summary>
    Other,

    /// <summary>A peer's handshake, whole.</summary>
    Handshake,
}

/// <summary>The handshake of a peer's socket, read off a connection before HTTP sees it (RFC 6455 section 4.2.1).</summary>
/// <param name="Query">The query string, without its question mark.</param>
/// <param name="SocketKey">Of <c>Sec-WebSocket-Key</c>, checked.</param>
/// <param name="ForwardedFor">All <c>X-Forwarded-For</c>, joined; null where there is none.</param>
public sealed record UpgradeRequest(string Query, string SocketKey, string? ForwardedFor)
{
    private const int MaxSize = 8 * 1_024;

    private static ReadOnlySpan<byte> Begin => "GET /peerjs?"u8;

    /// <summary>
    /// Looks at what came. Whatever is unusual (another order of things, a body, folded or doubled headers, a size beyond 8 kB) is left to HTTP,
    /// which answers it as any request, so that this reader may be small.
    /// </summary>
    /// <param name="buffer">From the first byte of the connection on.</param>
    /// <param name="request">The handshake.</param>
    /// <param name="end">Where it ends.</param>
    public static FirstLook Look(ReadOnlySequence<byte> buffer, out UpgradeRequest? request, out SequencePosition end)
    {
        request = null;
        end = buffer.Start;
        Span<byte> first = stackalloc byte[Begin.Length];
        var there = (int)Math.Min(buffer.Length, first.Length);
        buffer.Slice(0, there).CopyTo(first);
        if (!Begin.StartsWith(first[..there]))
            return FirstLook.Other;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8))
            return buffer.Length >= MaxSize ? FirstLook.Other : FirstLook.Undecided;
        if (head.Length > MaxSize)
            return FirstLook.Other;
        end = reader.Position;
        request = Read(Encoding.Latin1.GetString(head));
        return request is null ? FirstLook.Other : FirstLook.Handshake;
    }

    private static UpgradeRequest? Read(string head)
    {
        var lines = head.Split("\r\n");
        if (lines[0].Split(' ') is not ["GET", var target, "HTTP/1.1"])
            return null;
        string? key = null, version = null, upgrade = null, connection = null, host = null, forwardedFor = null;
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan().ContainsAnyExceptInRange(' ', '~') || line[..colon].Contains(' ', StringComparison.Ordinal))
                return null;
            var value = line[(colon + 1)..].Trim();
            var isOnce = line[..colon].ToLowerInvariant() switch
            {
                "host" => Once(ref host, value),
                "upgrade" => Once(ref upgrade, value),
                "connection" => Once(ref connection, value),
                "sec-websocket-key" => Once(ref key, value),
                "sec-websocket-version" => Once(ref version, value),
                "x-forwarded-for" => Join(ref forwardedFor, value),
                "content-length" or "transfer-encoding" or "expect" => false,
                _ => true,
            };
            if (!isOnce)
                return null;
        }
        var isHandshake = host is { Length: > 0 } && version == "13" && key is not null && Handshake.IsKey(key)
            && "websocket".Equals(upgrade, StringComparison.OrdinalIgnoreCase)
            && connection is not null && connection.Split(',').Any(part => part.AsSpan().Trim().Equals("upgrade", StringComparison.OrdinalIgnoreCase))
            && !target.AsSpan().ContainsAnyExceptInRange('!', '~') && !target.Contains('#', StringComparison.Ordinal);
        return isHandshake ? new UpgradeRequest(target[(target.IndexOf('?', StringComparison.Ordinal) + 1)..], key!, forwardedFor) : null;
    }

    private static bool Once(ref string? slot, string value)
    {
        var isFirst = slot is null;
        slot = value;
        return isFirst;
    }

    private static bool Join(ref string? slot, string value)
    {
        slot = slot is null ? value : slot + "," + value;
        return true;
    }
}
