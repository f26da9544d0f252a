using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Datt.Paid.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PeerExchange : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "PeerKeys",
                columns: table => new
                {
                    ServerId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    ApiKey = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PeerKeys", x => x.ServerId);
                });

            migrationBuilder.CreateTable(
                name: "PeerPurchases",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    ServerId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    Months = table.Column<int>(type: "INTEGER", nullable: false),
                    Attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    InvoiceId = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    Lightning = table.Column<string>(type: "TEXT", maxLength: 4000, nullable: true),
                    CheckoutUrl = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: true),
                    Sats = table.Column<long>(type: "INTEGER", nullable: false),
                    InvoiceExpiresAt = table.Column<long>(type: "INTEGER", nullable: true),
                    SpentSats = table.Column<long>(type: "INTEGER", nullable: false),
                    SpentUnits = table.Column<long>(type: "INTEGER", nullable: false),
                    Currency = table.Column<string>(type: "TEXT", maxLength: 8, nullable: true),
                    PaidAt = table.Column<long>(type: "INTEGER", nullable: true),
                    To = table.Column<long>(type: "INTEGER", nullable: true),
                    Problem = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    DueAt = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PeerPurchases", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "PeerTraffic",
                columns: table => new
                {
                    ServerId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Given = table.Column<long>(type: "INTEGER", nullable: false),
                    Taken = table.Column<long>(type: "INTEGER", nullable: false),
                    Covered = table.Column<long>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PeerTraffic", x => x.ServerId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_PeerPurchases_PaidAt",
                table: "PeerPurchases",
                column: "PaidAt");

            migrationBuilder.CreateIndex(
                name: "IX_PeerPurchases_ServerId_Number",
                table: "PeerPurchases",
                columns: new[] { "ServerId", "Number" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "PeerKeys");

            migrationBuilder.DropTable(
                name: "PeerPurchases");

            migrationBuilder.DropTable(
                name: "PeerTraffic");
        }
    }
}
