using Datt.Paid.Server.Hosting;
using Microsoft.AspNetCore.Http.Metadata;

namespace Datt.Paid.Server.Content;

/// <summary>Lets a call take a body as large as a bulk announce may be.</summary>
public sealed class BulkBodyLimit : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => Kestrel.BulkBody;
}
