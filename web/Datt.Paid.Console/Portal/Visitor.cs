using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Pages.Portal;

/// <summary>Who looks at a page.</summary>
internal static class Visitor
{
    /// <summary>Account of who is signed in; null for everybody else.</summary>
    public static string? AccountOf(HttpContext context) =>
        context.User.Identity?.IsAuthenticated == true ? context.User.FindFirstValue(ClaimTypes.NameIdentifier) : null;
}
