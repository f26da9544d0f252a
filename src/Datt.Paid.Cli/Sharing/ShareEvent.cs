using System.Text.Json.Serialization;

namespace Datt.Paid.Cli.Sharing;

/// <summary>What a sharing node tells of itself; one JSON line each with <c>--json</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Listening), "listening")]
[JsonDerivedType(typeof(Synced), "synced")]
[JsonDerivedType(typeof(ServerLost), "serverLost")]
[JsonDerivedType(typeof(ServerBack), "serverBack")]
[JsonDerivedType(typeof(Followed), "moved")]
[JsonDerivedType(typeof(Left), "left")]
public abstract record ShareEvent;

/// <summary>The node serves its files and is present at the server.</summary>
public sealed record Listening(string NodeId, IReadOnlyList<string> Endpoints, string Folder, string Server) : ShareEvent;

/// <summary>A pass over the folder ended, and changed something.</summary>
public sealed record Synced(
    int Files, int Announced, int Withdrawn, IReadOnlyList<RejectedFile> Rejected, int RejectedCount, Skipped Skipped) : ShareEvent;

/// <summary>The server does not answer; the node goes on trying.</summary>
public sealed record ServerLost(string Reason, double RetryInSeconds) : ShareEvent;

/// <summary>The server answers again; everything is announced anew.</summary>
public sealed record ServerBack : ShareEvent;

/// <summary>'datt move' took this node to another server; it goes on there.</summary>
public sealed record Followed(string Server) : ShareEvent;

/// <summary>The node has said goodbye.</summary>
public sealed record Left(string NodeId) : ShareEvent;
