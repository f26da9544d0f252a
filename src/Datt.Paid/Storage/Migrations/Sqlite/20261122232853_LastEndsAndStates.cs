using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Datt.Paid.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class LastEndsAndStates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Periods_AccountId_To_Provisional_Sandbox",
                table: "Periods",
                columns: new[] { "AccountId", "To", "Provisional", "Sandbox" });

            migrationBuilder.CreateIndex(
                name: "IX_Invoices_Status",
                table: "Invoices",
                column: "Status");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Periods_AccountId_To_Provisional_Sandbox",
                table: "Periods");

            migrationBuilder.DropIndex(
                name: "IX_Invoices_Status",
                table: "Invoices");
        }
    }
}
