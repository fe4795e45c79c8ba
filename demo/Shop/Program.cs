return await MeshInsight.Shop.ShopProgram.RunAsync(args);
