using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;
using MeshInsight.Shop.Calls;
using MeshInsight.Shop.Protos;
using Microsoft.AspNetCore.Builder;

namespace MeshInsight.Shop.Roles;

/// <summary>
/// The services by name. Who calls whom:
/// <code>
/// frontend ─► catalog, recommendation, inventory, cart, checkout
/// recommendation ─► catalog        cart ─► catalog
/// checkout ─► cart, inventory, payment (gRPC), shipping
/// </code>
/// </summary>
internal static class ShopRoles
{
    /// <summary>The role that speaks gRPC; all others speak HTTP.</summary>
    public const string Payment = "payment";

    public static IReadOnlyDictionary<string, Action<WebApplication, RoleContext>> All { get; } = new Dictionary<string, Action<WebApplication, RoleContext>>
    {
        ["frontend"] = MapFrontend,
        ["catalog"] = MapCatalog,
        ["recommendation"] = MapRecommendation,
        ["cart"] = MapCart,
        ["checkout"] = MapCheckout,
        ["inventory"] = MapInventory,
        ["shipping"] = MapShipping,
        [Payment] = MapPayment,
    };

    private static void MapFrontend(WebApplication app, RoleContext role)
    {
        app.MapGet("/", (CancellationToken cancel) => JoinAsync(
            role.Mesh.GetAsync("catalog", "/products", cancel),
            role.Mesh.GetAsync("recommendation", "/recommendations", cancel)));
        app.MapGet("/product/{id}", (string id, CancellationToken cancel) => JoinAsync(
            role.Mesh.GetAsync("catalog", "/products/" + Uri.EscapeDataString(id), cancel),
            role.Mesh.GetAsync("inventory", "/stock/" + Uri.EscapeDataString(id), cancel)));
        app.MapPost("/cart", (CancellationToken cancel) => JoinAsync(role.Mesh.PostAsync("cart", "/carts/me/items", cancel)));
        app.MapPost("/checkout", (CancellationToken cancel) => JoinAsync(role.Mesh.PostAsync("checkout", "/orders", cancel)));
    }

    private static void MapCatalog(WebApplication app, RoleContext role)
    {
        app.MapGet("/products", async (CancellationToken cancel) =>
        {
            await role.Work.DoAsync(3, cancel);
            return Answer(role, "tea, coffee, chocolate");
        });
        app.MapGet("/products/{id}", async (string id, CancellationToken cancel) =>
        {
            await role.Work.DoAsync(1, cancel);
            return Answer(role, id);
        });
    }

    private static void MapRecommendation(WebApplication app, RoleContext role) => app.MapGet("/recommendations", async (CancellationToken cancel) =>
    {
        await role.Work.DoAsync(4, cancel);
        return await role.Mesh.GetAsync("catalog", "/products/chocolate", cancel);
    });

    private static void MapCart(WebApplication app, RoleContext role)
    {
        app.MapGet("/carts/{user}", async (string user, CancellationToken cancel) =>
        {
            await role.Work.DoAsync(2, cancel);
            return Answer(role, user + ": tea");
        });
        app.MapPost("/carts/{user}/items", async (string user, CancellationToken cancel) =>
        {
            await role.Work.DoAsync(2, cancel);
            return Answer(role, user + ": " + await role.Mesh.GetAsync("catalog", "/products/tea", cancel));
        });
    }

    private static void MapCheckout(WebApplication app, RoleContext role) => app.MapPost("/orders", async (CancellationToken cancel) =>
    {
        await role.Work.DoAsync(4, cancel);
        await JoinAsync(
            role.Mesh.GetAsync("cart", "/carts/me", cancel),
            role.Mesh.PostAsync("inventory", "/stock/tea/reservations", cancel));
        var charge = await role.Mesh.ChargeAsync(new ChargeRequest { Order = "order", Cents = 450 }, cancel);
        await role.Mesh.PostAsync("shipping", "/shipments", cancel);
        return Answer(role, charge.Receipt);
    });

    private static void MapInventory(WebApplication app, RoleContext role)
    {
        app.MapGet("/stock/{id}", async (string id, CancellationToken cancel) =>
        {
            await role.Work.DoAsync(2, cancel);
            return Answer(role, id + ": plenty");
        });
        app.MapPost("/stock/{id}/reservations", async (string id, CancellationToken cancel) =>
        {
            await role.Work.DoAsync(3, cancel);
            return Answer(role, id + ": reserved");
        });
    }

    private static void MapShipping(WebApplication app, RoleContext role) => app.MapPost("/shipments", async (CancellationToken cancel) =>
    {
        await role.Work.DoAsync(3, cancel);
        return Answer(role, "on its way");
    });

    private static void MapPayment(WebApplication app, RoleContext role) =>
        app.MapGrpcUnary<ChargeRequest, ChargeReply>("/shop.v1.Payment/Charge", ChargeRequest.Parser, async (request, call) =>
        {
            var fault = role.Faults.Next();
            await Task.Delay(fault.Delay, role.Clock, call.Cancellation);
            if (fault.Fails)
            {
                throw new GrpcException(GrpcStatusCode.Internal, "The bank does not answer.", trailers: new Dictionary<string, string> { [Blame.Header] = role.Blame });
            }

            await role.Work.DoAsync(5, call.Cancellation);
            return new ChargeReply { Receipt = $"paid {request.Cents} for {request.Order}" };
        });

    private static string Answer(RoleContext role, string text) => $"{role.Options.Role} {role.Options.Version}: {text}";

    private static async Task<string> JoinAsync(params Task<string>[] calls) => string.Join('\n', await Task.WhenAll(calls));
}
