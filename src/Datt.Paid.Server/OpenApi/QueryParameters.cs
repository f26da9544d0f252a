using Microsoft.OpenApi;

namespace Datt.Paid.Server.OpenApi;

/// <summary>A parameter of a query string that a handler reads by itself.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Type">Its JSON type.</param>
/// <param name="Text">What it does, with its bounds.</param>
/// <param name="Values">The values it may have, where they are few.</param>
public sealed record QueryParameter(string Name, JsonSchemaType Type, string Text, params string[] Values);

/// <summary>What a hand-written handler reads, as metadata of its endpoint.</summary>
public sealed record QueryParameters(IReadOnlyList<QueryParameter> All);
