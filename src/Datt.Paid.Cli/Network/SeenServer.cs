using System.Text.Json.Serialization;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Network;

/// <summary>What calling a server came to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ServerAnswer>))]
public enum ServerAnswer
{
    /// <summary>It gave a card with a good signature.</summary>
    [JsonStringEnumMemberName("answers")]
    Answers,

    /// <summary>Nobody there, or not in time, or an error.</summary>
    [JsonStringEnumMemberName("silent")]
    Silent,

    /// <summary>It gave a card that its own key did not sign.</summary>
    [JsonStringEnumMemberName("badCard")]
    BadCard,

    /// <summary>Its address is none that a stranger's word is followed to.</summary>
    [JsonStringEnumMemberName("notCalled")]
    NotCalled,
}

/// <summary>A server as a walk met it. What it says about itself is its own claim; that it said so is checked.</summary>
public sealed record SeenServer
{
    /// <summary>Fingerprint of its first key; what the list that named it said where it does not answer.</summary>
    public required string Id { get; init; }

    /// <summary>Where it was called.</summary>
    public required string Url { get; init; }

    public string? Name { get; init; }

    public required ServerAnswer State { get; init; }

    /// <summary>What is wrong, where something is.</summary>
    public string? Problem { get; init; }

    /// <summary>Id of the server that named it first; null for the one the walk began at.</summary>
    public string? NamedBy { get; init; }

    /// <summary>Steps from the first server.</summary>
    public required int Depth { get; init; }

    /// <summary>Time of one small request over an open connection, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary><c>Paid</c> or <c>Free</c>.</summary>
    public string? Search { get; init; }

    /// <summary><c>Free</c>, <c>Reciprocal</c> or <c>Paid</c>.</summary>
    public string? Federation { get; init; }

    /// <summary>Of a month; null where search is free.</summary>
    public Price? Price { get; init; }

    public Coverage? Coverage { get; init; }

    public NodeFigures? Nodes { get; init; }

    /// <summary>When its card was signed.</summary>
    public DateTimeOffset? CardTime { get; init; }

    /// <summary>Age of the card when it came, in seconds; below zero where its clock is ahead.</summary>
    public double? CardAgeSeconds { get; init; }

    /// <summary>Ids of the servers that it lists.</summary>
    public IReadOnlyList<string> Lists { get; init; } = [];
}

/// <summary>The part of the network that a walk reached.</summary>
/// <param name="Servers">In the order in which they were met: breadth first.</param>
/// <param name="Complete">False where a limit ended the walk, or a server's list could not be read to its end.</param>
public sealed record SeenNetwork(IReadOnlyList<SeenServer> Servers, bool Complete);
