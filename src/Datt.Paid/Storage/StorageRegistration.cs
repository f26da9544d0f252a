using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Storage;

public static class StorageRegistration
{
    /// <summary>The database of the server. The connection string is asked for once, at the first use.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, Func<IServiceProvider, string> connectionString)
    {
        services.Configure<IdentityOptions>(UseNewestSchema);
        services.AddSingleton<AccountChangeFeed>();
        services.AddSingleton(provider => new Database(
            new Lazy<IDbContextFactory<DattDbContext>>(provider.GetRequiredService<IDbContextFactory<DattDbContext>>),
            new Lazy<string>(() => Complete(connectionString(provider))), provider.GetRequiredService<ILogger<Database>>()));
        services.AddSingleton<HousekeepingJob>();
        services.AddDbContextFactory<DattDbContext>((provider, options) =>
        {
            UseSqlite(options, connectionString(provider));
            options.AddInterceptors(provider.GetRequiredService<AccountChangeFeed>());
        });
        return services;
    }

    /// <summary>The usual place of the SQLite file in a data directory.</summary>
    public static string SqliteFile(string dataDirectory) => $"Data Source={Path.Combine(dataDirectory, "datt.db")}";

    /// <summary>Identity's tables with passkeys; part of the model, so the same for the tool that makes migrations.</summary>
    internal static void UseNewestSchema(IdentityOptions options) => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;

    internal static void UseSqlite(DbContextOptionsBuilder options, string connectionString) => options.UseSqlite(Complete(connectionString));

    // The provider's own retry loop on SQLITE_BUSY lasts as long as the command timeout.
    private static string Complete(string connectionString) =>
        new SqliteConnectionStringBuilder(connectionString) { ForeignKeys = true, DefaultTimeout = 30 }.ConnectionString;
}

/// <summary>Lets <c>dotnet ef</c> make migrations without starting a server.</summary>
internal sealed class DesignTimeContext : IDesignTimeDbContextFactory<DattDbContext>
{
    public DattDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<DattDbContext>();
        StorageRegistration.UseSqlite(options, "Data Source=design.db");
        options.UseApplicationServiceProvider(
            new ServiceCollection().Configure<IdentityOptions>(StorageRegistration.UseNewestSchema).BuildServiceProvider());
        return new DattDbContext(options.Options);
    }
}
