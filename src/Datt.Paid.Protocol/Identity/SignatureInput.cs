using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Datt.Paid.Protocol.Identity;

/// <summary>A member of the field <c>Signature-Input</c> (RFC 9421 section 4.1): what is covered, in order, and the parameters, in order.</summary>
internal sealed record SignatureInput(string Label, IReadOnlyList<string> Components, IReadOnlyList<KeyValuePair<string, object>> Parameters)
{
    /// <summary>Its own serialization (RFC 9421 section 2.3), which is also what <c>@signature-params</c> stands for.</summary>
    public string Serialized => new StringBuilder("(").AppendJoin(' ', Components.Select(StructuredField.Quote)).Append(')')
        .AppendJoin("", Parameters.Select(p => $";{p.Key}={(p.Value is long number ? number.ToString(CultureInfo.InvariantCulture) : StructuredField.Quote((string)p.Value))}"))
        .ToString();

    /// <summary>A parameter that is a string; null where it is not there or is none.</summary>
    public string? Text(string parameter) => Parameters.FirstOrDefault(p => p.Key == parameter).Value as string;

    /// <summary>A parameter that is an integer.</summary>
    public long? Number(string parameter) => Parameters.FirstOrDefault(p => p.Key == parameter).Value as long?;

    /// <summary>Reads the whole field; false where any of it is not of the form, so that one broken member hides nothing.</summary>
    public static bool TryRead(string field, [NotNullWhen(true)] out IReadOnlyList<SignatureInput>? inputs)
    {
        var read = new List<SignatureInput>();
        inputs = null;
        var from = new StructuredField(field);
        do
        {
            if (read.Count == StructuredField.MaxCount || !from.Key(out var label) || read.Exists(i => i.Label == label) || !from.Take('=')
                || !from.InnerList(out var components) || !from.Parameters(out var parameters))
                return false;
            read.Add(new SignatureInput(label, components, parameters));
        }
        while (from.NextMember());

        inputs = from.AtEnd ? read : null;
        return inputs is not null;
    }

    /// <summary>Reads the byte sequence under a label of the fields <c>Signature</c> (RFC 9421 section 4.2) or <c>Content-Digest</c> (RFC 9530).</summary>
    public static bool TryReadBytes(string field, string label, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        var from = new StructuredField(field);
        var labels = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            if (labels.Count == StructuredField.MaxCount || !from.Key(out var key) || !labels.Add(key) || !from.Take('=') || !from.Bytes(out var bytes))
                return false;
            if (key == label)
                value = bytes;
        }
        while (from.NextMember());

        if (!from.AtEnd)
            value = null;
        return value is not null;
    }

    /// <summary>The signature base (RFC 9421 section 2.5); null where something is covered that <paramref name="valueOf"/> does not know, or twice.</summary>
    public byte[]? Base(Func<string, string?> valueOf)
    {
        var text = new StringBuilder();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var component in Components)
        {
            if (!seen.Add(component) || valueOf(component) is not { } value)
                return null;
            text.Append(StructuredField.Quote(component)).Append(": ").Append(value).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.Append("\"@signature-params\": ").Append(Serialized).ToString());
    }
}
