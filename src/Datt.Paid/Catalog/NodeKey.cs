namespace Datt.Paid.Catalog;

/// <summary>A node across the network: equal nodeIds on two servers are two nodes.</summary>
/// <param name="Origin">Id of the server that the node is connected to.</param>
/// <param name="NodeId">The node as that server knows it.</param>
public readonly record struct NodeKey(string Origin, string NodeId);

/// <summary>A node that holds a content.</summary>
/// <param name="Node">The node.</param>
/// <param name="AnnouncedAt">When its server took the statement that stands.</param>
public readonly record struct Holder(NodeKey Node, DateTimeOffset AnnouncedAt);
