using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Catalog;

/// <summary>Counts of the catalog at one moment.</summary>
/// <param name="Records">Live records: pairs of a node and a content it holds.</param>
/// <param name="Contents">Distinct contents.</param>
/// <param name="Origins">Servers with at least one live record.</param>
/// <param name="Nodes">Nodes with at least one live record.</param>
/// <param name="OwnRecords">Live records of this server's own nodes.</param>
/// <param name="LastSeq">Newest sequence number of the own feed.</param>
/// <param name="SealedSeq">Newest sequence number that is in a run.</param>
/// <param name="Head">The newest manifest of the own feed: what followers compare; null before the first run was sealed.</param>
/// <param name="DescriptionBytes">Bytes kept for descriptions, dead ones included.</param>
public readonly record struct CatalogFigures(
    long Records, long Contents, int Origins, int Nodes, long OwnRecords, long LastSeq, long SealedSeq, Head? Head, long DescriptionBytes);
