from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("ledger", "0002_insurance_accounts")]

    operations = [
        migrations.CreateModel(
            name="SealedSubtree",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.PositiveSmallIntegerField()),
                ("place", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("level", "place"), name="sealed_subtree_is_stored_once")
                ],
            },
        ),
        migrations.RemoveField(model_name="treehead", name="frontier"),
    ]
