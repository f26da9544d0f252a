using Datt.Paid.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Accounts;

public static class AccountsRegistration
{
    /// <summary>Accounts and keys; needs <see cref="StorageRegistration.AddStorage"/>. The host adds cookies and the rest of Identity.</summary>
    /// <returns>Identity's builder, so that the host can go on from it.</returns>
    public static IdentityBuilder AddAccounts(this IServiceCollection services)
    {
        services.AddOptions<AccountsOptions>().BindConfiguration(AccountsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccountsOptions>, AccountsOptionsValidator>();
        services.AddSingleton<AccountService>();
        services.AddSingleton<ApiKeyService>();
        return services.AddIdentityCore<Account>(options =>
            {
                options.Password.RequiredLength = 10;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
                options.Password.RequiredUniqueChars = 5;
            })
            .AddRoles<IdentityRole>()
            .AddEntityFrameworkStores<DattDbContext>();
    }
}
