using System.Text.Json.Nodes;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Datt.Paid.Server.OpenApi;

/// <summary>The served description of all calls: made from the endpoints themselves, their access rules included.</summary>
public static class OpenApiRegistration
{
    private const string Scheme = "apiKey";
    private const string PassScheme = "pass";

    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = ServerCards.Software,
                Version = ServerCards.Version,
                Description = "A rendezvous server of a peer-to-peer content network. Every refusal is application/problem+json with a stable code.",
            };
            // The document is the same behind every name that the server is reached by.
            document.Servers = [new OpenApiServer { Url = "/" }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key." },
                [PassScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "L402",
                    Description = "Where passes are sold: 'L402 <token>:<preimage>', the token of WWW-Authenticate and the 64 hexadecimal digits that "
                        + "paying its invoice reveals. LSAT is taken as the same.",
                },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeParameters);
        options.AddOperationTransformer(DescribeAccess);
    });

    public static void MapOpenApiDocument(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").IsUnlimited();
        app.MapScalarApiReference("/docs").IsUnlimited();
    }

    private static Task DescribeParameters(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        foreach (var parameter in metadata.OfType<QueryParameters>().SelectMany(p => p.All))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = ParameterLocation.Query,
                Description = parameter.Text,
                Schema = new OpenApiSchema
                {
                    Type = parameter.Type,
                    Enum = parameter.Values.Length == 0 ? null : [.. parameter.Values.Select(value => (JsonNode)value!)],
                },
            });
        }
        if (context.Description.HttpMethod == HttpMethods.Post)
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "Idempotency-Key",
                In = ParameterLocation.Header,
                Description = "The same key within a day gives the same answer.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 255 },
            });
        }
        return Task.CompletedTask;
    }

    private static async Task DescribeAccess(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var rule = context.Description.ActionDescriptor.EndpointMetadata.OfType<AccessRule>().LastOrDefault() ?? new AccessRule(Scopes.None);
        int[] refusals = rule switch
        {
            { IsUnlimited: true } => [],
            { IsSearch: true } => [401, 402, 403, 429],
            { Scope: not Scopes.None } => [401, 403, 429],
            _ => [429],
        };
        operation.Responses ??= [];
        foreach (var status in refusals)
        {
            var name = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (!operation.Responses.ContainsKey(name))
                operation.Responses[name] = await ResponseAsync(status, context, ct);
        }
        if (rule.Scope == Scopes.None)
            return;
        operation.Description = $"Needs a key with the scope {rule.Scope.ToString().ToLowerInvariant()}"
            + (rule.IsSearch ? " and a running subscription, unless the server's search is free." : ".");
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
        if (rule.IsSearch)
            DescribePasses(operation, context);
    }

    private static void DescribePasses(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        operation.Security!.Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(PassScheme, context.Document)] = [] });
        foreach (var status in new[] { "401", "402" })
        {
            if (operation.Responses?.GetValueOrDefault(status) is OpenApiResponse response)
            {
                response.Headers = new Dictionary<string, IOpenApiHeader>
                {
                    ["WWW-Authenticate"] = new OpenApiHeader
                    {
                        Description = "Where passes are sold and one can be had now: L402 version=\"0\", token=\"…\", invoice=\"…\" (BOLT11); "
                            + "the same once more as LSAT macaroon=\"…\", invoice=\"…\" for older clients. "
                            + "Accept-Authenticate: L402 asks for it.",
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    },
                };
            }
        }
    }

    private static async Task<OpenApiResponse> ResponseAsync(int status, OpenApiOperationTransformerContext context, CancellationToken ct) => new()
    {
        Description = ProblemCodes.TitleOf(status),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [Problem.MediaType] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(ProblemAnswer), cancellationToken: ct) },
        },
    };
}
