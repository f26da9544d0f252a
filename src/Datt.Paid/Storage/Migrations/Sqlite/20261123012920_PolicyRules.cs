using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Datt.Paid.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PolicyRules : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "PolicyRules",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    Value = table.Column<string>(type: "TEXT", maxLength: 400, nullable: false),
                    DropsRuns = table.Column<bool>(type: "INTEGER", nullable: false),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    AddedBy = table.Column<string>(type: "TEXT", nullable: false),
                    AddedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Version = table.Column<long>(type: "INTEGER", nullable: false),
                    RemovedVersion = table.Column<long>(type: "INTEGER", nullable: true),
                    RemovedReason = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    RemovedBy = table.Column<string>(type: "TEXT", nullable: true),
                    RemovedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PolicyRules", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_PolicyRules_Kind_Value",
                table: "PolicyRules",
                columns: new[] { "Kind", "Value" },
                unique: true,
                filter: "\"RemovedVersion\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_PolicyRules_RemovedVersion",
                table: "PolicyRules",
                column: "RemovedVersion",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_PolicyRules_Version",
                table: "PolicyRules",
                column: "Version",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "PolicyRules");
        }
    }
}
