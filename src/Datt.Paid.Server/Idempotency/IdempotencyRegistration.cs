namespace Datt.Paid.Server.Idempotency;

/// <summary>The same answer to the same key.</summary>
public static class IdempotencyRegistration
{
    public static IServiceCollection AddIdempotency(this IServiceCollection services) => services.AddSingleton<IdempotentAnswers>();
}
