using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Sees every delivery that reaches our server, and how it was answered.</summary>
internal sealed class WebhookMeter : IStartupFilter
{
    private readonly ConcurrentDictionary<int, int> _answers = [];

    public int Of(int status) => _answers.GetValueOrDefault(status);

    public int All => _answers.Values.Sum();

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, inner) =>
        {
            await inner(context);
            if (context.Request.Path == "/webhooks/btcpay" && context.Request.Method == HttpMethods.Post)
                _answers.AddOrUpdate(context.Response.StatusCode, 1, (_, old) => old + 1);
        });
        next(app);
    };
}
