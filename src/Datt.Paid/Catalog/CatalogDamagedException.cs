namespace Datt.Paid.Catalog;

/// <summary>The feed on disk is damaged in a way that no crash leaves behind; the message names the file and what to do.</summary>
public sealed class CatalogDamagedException(string message, Exception? inner = null) : Exception(message, inner);
