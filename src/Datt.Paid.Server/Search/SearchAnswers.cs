namespace Datt.Paid.Server.Search;

/// <summary>A page of hits, as <see cref="SearchEndpoint"/> writes it by hand; a test holds the two together.</summary>
public sealed record SearchAnswer(
    string Query, double TookMs, bool Partial, bool Relaxed, TotalAnswer Total, IReadOnlyList<HitAnswer> Hits, string? Next);

/// <summary>How many hits all pages have; the relation is eq or gte.</summary>
public sealed record TotalAnswer(long Value, string Relation);

/// <summary>A content that matches. The highlight is HTML in which everything but <c>em</c> is escaped.</summary>
public sealed record HitAnswer(
    string ContentId, string Title, string Highlight, string? Label, IReadOnlyList<string> Tags, string? Author, string? Type, string? Language,
    long? Size, DateTimeOffset? PublishedAt, string? Url, double Score, IReadOnlyList<HolderAnswer> Holders, int HolderCount);

/// <summary>A node that holds a content; <c>online</c> is null where it is unknown.</summary>
public sealed record HolderAnswer(string NodeId, string Server, bool? Online, IReadOnlyList<string> Endpoints);

/// <summary>A content with everything that is known about it.</summary>
public sealed record ContentAnswer(
    string ContentId, string Title, string Summary, string? Label, IReadOnlyList<string> Tags, string? Author, string? Type, string? Language,
    long? Size, DateTimeOffset? PublishedAt, string? Url, IReadOnlyList<HolderAnswer> Holders, int HolderCount);
