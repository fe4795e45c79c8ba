// Each test starts some twenty processes; one mesh at a time leaves each the machine it was written for.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
