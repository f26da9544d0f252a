using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Datt.Paid.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RefundsAndUndonePayments : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "ChargedUnits",
                table: "Periods",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<bool>(
                name: "EndedEarly",
                table: "Periods",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            // Until now a period's charge was named by its begin, with one more word for the sandbox.
            migrationBuilder.Sql(
                "UPDATE Periods SET ChargedUnits = COALESCE((SELECT -l.Units FROM Ledger l WHERE l.Key = 'charge:' || "
                + "CASE WHEN Periods.Sandbox THEN 'sandbox:' ELSE '' END || Periods.AccountId || ':' || Periods.\"From\"), 0) WHERE NOT Provisional");

            migrationBuilder.CreateTable(
                name: "Refunds",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    AccountId = table.Column<string>(type: "TEXT", nullable: false),
                    InvoiceId = table.Column<string>(type: "TEXT", nullable: false),
                    Units = table.Column<long>(type: "INTEGER", nullable: false),
                    Currency = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    State = table.Column<byte>(type: "INTEGER", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    Detail = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    ProviderId = table.Column<string>(type: "TEXT", nullable: true),
                    ClaimUrl = table.Column<string>(type: "TEXT", nullable: true),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    NextLookAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Refunds", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Refunds_Accounts_AccountId",
                        column: x => x.AccountId,
                        principalTable: "Accounts",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Refunds_AccountId",
                table: "Refunds",
                column: "AccountId");

            migrationBuilder.CreateIndex(
                name: "IX_Refunds_InvoiceId",
                table: "Refunds",
                column: "InvoiceId");

            migrationBuilder.CreateIndex(
                name: "IX_Refunds_NextLookAt",
                table: "Refunds",
                column: "NextLookAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Refunds");

            migrationBuilder.DropColumn(
                name: "ChargedUnits",
                table: "Periods");

            migrationBuilder.DropColumn(
                name: "EndedEarly",
                table: "Periods");
        }
    }
}
